/**
 * A UUID v4 from random bytes. `crypto.randomUUID` is missing on http pages other than
 * localhost and before Safari 15.4; `getRandomValues` is everywhere.
 */
export const uuid = (): string =>
  "xxxxxxxx-xxxx-4xxx-yxxx-xxxxxxxxxxxx".replace(/[xy]/g, (sign) => {
    const random = crypto.getRandomValues(new Uint8Array(1))[0]!;
    return (sign == "x" ? random & 15 : (random & 3) | 8).toString(16);
  });
