import type { ComponentChildren } from "preact";

export function Block({ title, children }: { title: string; children: ComponentChildren }) {
    return (
        <section class="block">
            <h2>{title}</h2>
            {children}
        </section>
    );
}

export function Fact({
    name,
    children,
    tone,
}: {
    name: string;
    children: ComponentChildren;
    tone?: string | undefined;
}) {
    return (
        <div class="fact">
            <dt>{name}</dt>
            <dd class={tone}>{children}</dd>
        </div>
    );
}
