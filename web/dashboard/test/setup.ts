import { de } from "../src/i18n/de.ts";
import { deMore } from "../src/i18n/de_more.ts";
import { en } from "../src/i18n/en.ts";
import { enMore } from "../src/i18n/en_more.ts";
import { learn } from "../src/i18n/t.ts";

learn("en", { ...en, ...enMore });
learn("de", { ...de, ...deMore });
