/** Who visits, and in which session. */
import { read, remove, write } from "./store";
import { uuid } from "./uuid";
import type { Entry } from "./wire";

const SESSION_MS = 30 * 60_000;

export interface Session {
  id: string;
  /** Epoch milliseconds of the last activity in any tab. */
  last: number;
  /** How many events it has had, in all tabs. */
  seq: number;
  entry: Entry;
}

/** The browser's UUID, made on first use; whoever wrote last wins when two tabs begin at once. */
export const visitor = (): string => {
  const known = read("visitor");
  const id = known?.length == 36 ? known : uuid();
  if (id != known) write("visitor", id);
  return id;
};

/** The session as the browser's tabs share it, expired or not. */
export const sharedSession = (): Session | undefined => {
  try {
    const session = JSON.parse(read("session") ?? read("session", "sessionStorage")!);
    return session.id.length == 36 ? session : undefined;
  } catch {
    return undefined;
  }
};

/** The clock may have been set back: a `last` far in the future is no activity either. */
export const isOver = (last: number): boolean => Math.abs(Date.now() - last) > SESSION_MS;

export const liveSession = (entry: Entry): Session => {
  const shared = sharedSession();
  return shared && !isOver(shared.last)
    ? shared
    : { id: uuid(), last: Date.now(), seq: 0, entry };
};

export const share = (session: Session): void => {
  const record = JSON.stringify(session);
  write("session", record);
  write("session", record, "sessionStorage");
};
