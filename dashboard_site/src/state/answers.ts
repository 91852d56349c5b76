// The answers on the screen: asked again when the question changes, kept while a newer one is on its way.
import { effect, signal, untracked, type ReadonlySignal, type Signal } from "@preact/signals";
import { ApiError, ask, askAll, type Flow, type Live, type Stats } from "../api/api.ts";
import { FLOW, LIVE, STATS } from "./address.ts";
import { memory, remember, sharedSecret, type SiteFacts } from "../browser/memory.ts";
import { flowQuestion, go, liveQuestion, statsQuestion, view } from "./view.ts";

export interface Answer<T> {
  value: T | null;
  error: ApiError | null;
  /** Whether the value, if there is one, answers another question than the one on its way. */
  isLoading: boolean;
  /** When `value` was received, epoch ms. */
  at: number;
}

const nothing = { value: null, error: null, isLoading: true, at: 0 };
/** Whether a reader is signed in: a token is at hand and has not been refused. */
export const access = signal<"open" | "none" | "expired">(sharedSecret() || memory().token ? "open" : "none");
export const sites = signal<SiteFacts[]>(sharedSecret() ? [] : (memory().sites ?? []));
/** What the reader may do: admin, viewer or share; empty until the API has said so. */
export const role = signal("");
/** Filters that a share link sets for its reader, in the API's form. */
export const lockedFilters = signal<string[]>([]);
export const isOffline = signal(!navigator.onLine);

interface Resource<T> {
  answer: Signal<Answer<T>>;
  load: () => Promise<void>;
}

function resource<T>(path: string, question: ReadonlySignal<string>): Resource<T> {
  const answer = signal<Answer<T>>(nothing);
  let current = new AbortController();
  let answered = "";
  async function load(): Promise<void> {
    const query = question.peek();
    if (!query || access.peek() !== "open") return;
    current.abort();
    const mine = (current = new AbortController());
    answer.value = { ...answer.peek(), isLoading: query !== answered };
    try {
      const value = await ask<T>(path, query, { signal: mine.signal });
      answered = query;
      answer.value = { value, error: null, isLoading: false, at: Date.now() };
    } catch (error) {
      if (mine.signal.aborted) return;
      if (!(error instanceof ApiError)) throw error;
      if (error.status === 401) access.value = "expired";
      answer.value = { ...answer.peek(), error, isLoading: false };
    }
  }
  return { answer, load };
}

export const stats = resource<Stats>(STATS, statsQuestion);
export const flow = resource<Flow>(FLOW, flowQuestion);
export const live = resource<Live>(LIVE, liveQuestion);

const POLL_MS = 10_000;
const SLOWEST_MS = 60_000;
const STALE_MS = 60_000;
let wait = POLL_MS;
let timer = 0;

/** Asks for the last minutes now, then every 10 s while the page is seen; after errors ever later, up to a minute. */
async function poll(): Promise<void> {
  clearTimeout(timer);
  await live.load();
  wait = live.answer.peek().error ? Math.min(wait * 2, SLOWEST_MS) : POLL_MS;
  if (!document.hidden) timer = setTimeout(poll, wait);
}

export function refresh(): void {
  void stats.load();
  void flow.load();
  void poll();
}

/** Starts asking: from now on each change of the view or of access is answered. */
export function startAnswering(): void {
  const forget = (): void => {
    for (const one of [stats, flow, live]) one.answer.value = nothing as Answer<never>;
  };
  let site = view.peek().site;
  effect(() => {
    void view.value.site;
    if (view.value.site !== site) untracked(forget);
    site = view.value.site;
  });
  effect(() => void (statsQuestion.value && access.value === "open" && untracked(stats.load)));
  effect(() => void (flowQuestion.value && access.value === "open" && untracked(flow.load)));
  effect(() => void (liveQuestion.value && access.value === "open" && untracked(poll)));
  effect(() => {
    const questions = [
      [STATS, statsQuestion.value],
      [LIVE, liveQuestion.value],
      [FLOW, flowQuestion.value],
    ];
    if (statsQuestion.value)
      remember({
        asked: { address: location.search, questions: questions.map(([path, query]) => `${path}?${query}`) },
      });
  });
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) return clearTimeout(timer);
    if (Date.now() - stats.answer.peek().at > STALE_MS) return refresh();
    void poll();
  });
  addEventListener("offline", () => (isOffline.value = true));
  addEventListener("online", () => {
    isOffline.value = false;
    refresh();
  });
  if (access.peek() === "open" && (!view.peek().site || sharedSecret())) loadSites().catch(refused);
}

function refused(error: unknown): void {
  if (!(error instanceof ApiError)) throw error;
  if (error.status === 401) access.value = "expired";
  for (const one of [stats, flow, live]) one.answer.value = { ...(nothing as Answer<never>), error, isLoading: false };
}

/** The sites this reader may see; the first is opened when none is chosen. Throws ApiError. */
export async function loadSites(): Promise<void> {
  const answer = await askAll<{ sites: SiteFacts[]; role?: string; filters?: string[] }>(
    "/api/sites",
    ({ sites }) => sites,
  );
  sites.value = answer.sites;
  role.value = answer.role ?? "";
  lockedFilters.value = answer.filters ?? [];
  remember({ sites: answer.sites });
  const first = answer.sites[0];
  if (first && !answer.sites.some((site) => site.id === view.peek().site)) go({ site: first.id }, "replace");
}

/** Signs in with a token; throws ApiError when it is refused, and then forgets it. */
export async function signIn(token: string): Promise<void> {
  remember({ token });
  try {
    await loadSites();
  } catch (error) {
    remember({ token: undefined });
    throw error;
  }
  access.value = "open";
  go({}, "replace");
}

export function signOut(): void {
  remember({ token: undefined, sites: undefined, views: undefined, site: undefined });
  sites.value = [];
  access.value = "none";
}

/** The time zone of what is shown. */
export const zone = (): string => stats.answer.value.value?.meta.tz ?? "UTC";
