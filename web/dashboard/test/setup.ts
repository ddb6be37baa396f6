import { learn } from "../src/i18n/t.ts";
import { ENGLISH, GERMAN } from "./texts.ts";

learn("en", Object.assign({}, ...Object.values(ENGLISH)));
learn("de", Object.assign({}, ...Object.values(GERMAN)));
