/**
 * A UUID v4 from random bytes. `crypto.randomUUID` is missing on http pages other than
 * localhost and before Safari 15.4; `getRandomValues` is everywhere.
 */
export const uuid = (): string =>
  // Four random bits for every 0, two for the 8; an array of one number is that number.
  "00000000-0000-4000-8000-000000000000".replace(/[08]/g, (digit: any) =>
    (digit ^ ((crypto.getRandomValues(new Uint8Array(1)) as any) & (15 >> (digit / 4)))).toString(16),
  );
