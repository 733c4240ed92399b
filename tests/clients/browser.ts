// What the programs need of a browser: its cookies. And a network that can lose a response.
const cookies = new Map<string, string>();
const readable = new Set<string>(); // By scripts.
const cookieHeader = (names: Iterable<string>) => [...names].map((name) => `${name}=${cookies.get(name)}`).join("; ");
let lost = "";

/** The next response to such a request does not arrive. */
export function lose(method: string): void {
  lost = method;
}

const send = globalThis.fetch;
globalThis.fetch = async (input, init) => {
  const request = new Request(input, init);
  const goes = request.credentials === "include";
  if (goes) request.headers.set("Cookie", cookieHeader(cookies.keys()));
  const response = await send(request);
  for (const cookie of goes ? response.headers.getSetCookie() : []) {
    const [name = "", value = ""] = cookie.split(/[=;]/);
    cookies.set(name, value);
    if (!/httponly/i.test(cookie)) readable.add(name);
  }
  if (request.method !== lost) return response;
  lost = "";
  throw new TypeError("the answer was lost");
};
/** Scripts have a document from now on. Libraries that find one while they are imported expect a whole one. */
export function open(): void {
  Object.defineProperty(globalThis, "document", { value: { get cookie() { return cookieHeader(readable); } } });
}
