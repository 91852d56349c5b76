// What the first numbers do not need is one file that arrives when it is first asked for.
import { signal } from "@preact/signals";

/** The later parts once they are here; null until then, and as long as there is no connection to fetch them. */
export const parts = signal<typeof import("./later.tsx") | null>(null);

export async function later(): Promise<typeof import("./later.tsx")> {
  return (parts.value ??= await import("./later.tsx"));
}
