/**
 * Keeps an open page up to date: whenever the release run has news, the page is fetched again, and the parts of it that are
 * marked `data-live` are changed into the new ones. Only what differs is touched, so that focus, scrolling, open folds and
 * selections stay. Without this script the page is as it was when it was opened.
 */

/**
 * The page is fetched no oftener than this, and at least this often though nothing was heard. In ms. Where it comes slowly it is
 * also fetched no oftener than so many times what it took: neither the server nor the line has more to do for it.
 */
const LEAST = 1_000;
const SHARE = 8;
const MOST = 15_000;
/** Where there are no events to listen to. */
const POLL = 5_000;
/** After a page that could not be had, and the longest such wait. */
const PATIENCE = { first: 2_000, last: 30_000 };

const news = document.getElementById("news");
let failures = 0;
let last = 0;
let took = 0;
/** Of the page as it is shown; null: it is as it was when it was opened. */
let etag: string | null = null;
let timer: number | undefined;
let busy = false;
let isDue = false;
let over = false;
let isSignedOut = false;
let events: EventSource | null = null;
/** The stream of events broke, and is not there again yet. */
let isBroken = false;

showFirstBox();
if (document.body.dataset["watch"] !== undefined) watch(document.body.dataset["events"]);

/** Of a graph that is higher than its frame: at its top there may be no box at all. */
function showFirstBox(): void {
  const frame = document.querySelector(".graph-frame");
  const box = frame?.querySelector(".box");
  if (frame == null || box == null) return;
  const [shown, wanted] = [frame.getBoundingClientRect(), box.getBoundingClientRect()];
  if (wanted.bottom > shown.bottom) frame.scrollTop += wanted.top - shown.top - shown.height / 2;
}

function watch(address: string | undefined): void {
  // A browser opens six connections to a server: a page that nobody sees gives its own back.
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) close();
    else if (!over) {
      listen(address);
      soon();
    }
  });
  if (!document.hidden) listen(address);
  plan(interval());
}

/** The events say when, never what: what is shown comes from the page alone. */
function listen(address: string | undefined): void {
  if (address === undefined || events !== null) return;
  const source = new EventSource(address);
  events = source;
  source.onmessage = soon;
  source.addEventListener("transfer", soon);
  source.addEventListener("end", () => {
    close();
    soon();
  });
  source.onerror = () => {
    // It comes again by itself, unless the server has none to offer. The page finds out whether the server is there at all.
    if (source.readyState === EventSource.CLOSED) close();
    if (!isBroken) soon();
    isBroken = true;
  };
  source.onopen = () => {
    if (isBroken) soon();
    isBroken = false;
  };
}

function close(): void {
  events?.close();
  events = null;
}

function interval(): number {
  return events === null ? POLL : MOST;
}

/** At once, or when the last time is long enough ago. */
function soon(): void {
  plan(Math.max(0, last + Math.max(LEAST, SHARE * took) - Date.now()));
}

function plan(delay: number): void {
  if (over) return;
  window.clearTimeout(timer);
  timer = window.setTimeout(() => void refresh(), delay);
}

async function refresh(): Promise<void> {
  if (busy) {
    // What is being fetched may be from before the news.
    isDue = true;
    return;
  }
  // A page that nobody sees may be old.
  if (document.hidden) return;
  busy = true;
  last = Date.now();
  let next = interval();
  try {
    const headers = { accept: "text/html", ...(etag !== null && { "if-none-match": etag }) };
    const answer = await fetch(location.href, { headers, cache: "no-store", redirect: "manual" });
    // Only sign-in leads elsewhere.
    if (answer.type === "opaqueredirect") {
      signedOut();
      return;
    }
    if (answer.status !== 304) {
      if (!answer.ok) throw new Error(`the server answered ${answer.status}`);
      const text = await answer.text();
      took = Date.now() - last;
      apply(new DOMParser().parseFromString(text, "text/html"));
      etag = answer.headers.get("etag");
    }
    if (failures > 0) say("The page is up to date again.");
    failures = 0;
    if (!over) listen(document.body.dataset["events"]);
  } catch {
    failures += 1;
    next = Math.min(PATIENCE.last, PATIENCE.first * 2 ** (failures - 1));
    if (failures === 2)
      say("The server does not answer: this page may be old. It is brought up to date as soon as that goes again.");
  } finally {
    busy = false;
    document.body.toggleAttribute("data-old", failures > 1 || isSignedOut);
    if (isDue && failures === 0) soon();
    else plan(next);
    isDue = false;
  }
}

/** There is no news for who is not known any more. */
function signedOut(): void {
  over = true;
  isSignedOut = true;
  close();
  say("You are signed out: this page may be old. Open it again to sign in.");
}

function apply(fresh: Document): void {
  const told = whatIsTold(document);
  for (const part of document.querySelectorAll("[data-live]")) {
    const now = part.id === "" ? null : fresh.getElementById(part.id);
    if (now !== null) become(part, now);
  }
  document.title = fresh.title;
  const changes = [...whatIsTold(document)].filter(([id, words]) => told.get(id) !== words);
  if (changes.length > 0)
    say(
      changes
        .slice(0, 5)
        .map(([, words]) => words)
        .join(". "),
    );
  if (fresh.body.dataset["watch"] === undefined) {
    over = true;
    close();
  }
}

/** By the id of an element, what is read out when it changes. */
function whatIsTold(page: Document): Map<string, string> {
  return new Map(
    Array.from(page.querySelectorAll<HTMLElement>("[data-tell]"), (part) => [part.id, part.dataset["tell"] ?? ""]),
  );
}

function say(words: string): void {
  if (news !== null) news.textContent = words;
}

/** Makes an element like another one of the same name. */
function become(old: Element, fresh: Element): void {
  for (const { name } of [...old.attributes]) {
    if (!fresh.hasAttribute(name) && !isReaders(old, name)) old.removeAttribute(name);
  }
  for (const { name, value } of fresh.attributes) {
    if (old.getAttribute(name) !== value && !isReaders(old, name)) old.setAttribute(name, value);
  }
  becomeChildren(old, fresh);
}

/** Whether a fold is open is for who reads the page to say. */
function isReaders(element: Element, attribute: string): boolean {
  return element instanceof HTMLDetailsElement && attribute === "open";
}

/** Elements with an id are found again by it, others by their place. */
function becomeChildren(old: Element, fresh: Element): void {
  const byId = new Map(Array.from(old.children, (child) => [child.id, child]));
  let place: ChildNode | null = old.firstChild;
  for (const wanted of [...fresh.childNodes]) {
    const known = wanted instanceof Element && wanted.id !== "" ? byId.get(wanted.id) : undefined;
    const same = known ?? (place !== null && isAlike(place, wanted) ? place : undefined);
    if (same === undefined) {
      old.insertBefore(document.importNode(wanted, true), place);
      continue;
    }
    if (same === place) place = place.nextSibling;
    else old.insertBefore(same, place);
    if (same instanceof Element && wanted instanceof Element) become(same, wanted);
    else if (same.nodeValue !== wanted.nodeValue) same.nodeValue = wanted.nodeValue;
  }
  while (place !== null) {
    const next: ChildNode | null = place.nextSibling;
    place.remove();
    place = next;
  }
}

function isAlike(one: Node, other: Node): boolean {
  if (one.nodeType !== other.nodeType || one.nodeName !== other.nodeName) return false;
  return !(one instanceof Element && other instanceof Element) || one.id === other.id;
}
