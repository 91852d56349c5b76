/**
 * A UUID v4 from random bytes. `crypto.randomUUID` is missing on http pages other than
 * localhost and before Safari 15.4; `getRandomValues` is everywhere.
 */
export const uuid = (): string => {
  const random = crypto.getRandomValues(new Uint8Array(36));
  return "xxxxxxxx-xxxx-4xxx-yxxx-xxxxxxxxxxxx".replace(/[xy]/g, (sign, at) =>
    (sign == "x" ? random[at]! & 15 : (random[at]! & 3) | 8).toString(16),
  );
};
