// Two devices of one user, each with its own network, and the server that they sync with.
import { isDeepStrictEqual } from "node:util";
import { Network } from "./network.js";
import type { App, Change, Outcome } from "./push.js";
import { sender, type Data, type Fields, type Send, type Type } from "./server.js";

type Authorized = (request: Request) => Promise<Response>;

/** How a device reaches the API. */
export type Access = App & { name: string; baseUrl: string; fetch: Authorized };

export interface Device {
  /** What the user sees. */
  all(type: Type): Promise<Data[]>;
  create(type: Type, fields: Fields): Promise<string>;
  edit(type: Type, id: string, fields: Fields): Promise<void>;
  delete(type: Type, id: string): Promise<void>;
  /** May throw if the connection breaks. */
  sync(): Promise<void>;
  /** Close and open a device that syncs by itself. */
  restart?(): Promise<void>;
}

export type Open = (access: Access) => Promise<Device>;

const [api, username] = process.argv.slice(2) as [string, string];

export type Connected = Device & { name: string; network: Network };

/** What the devices have sent. */
export class Batches {
  sent: { bytes: number; operations: { method: string; path: string }[] }[] = [];
  replayed = 0;

  observed(authorized: Authorized): Authorized {
    return async (request) => {
      const body = request.url.endsWith("/batch") ? await request.clone().text() : "";
      if (body) this.sent.push({ bytes: Buffer.byteLength(body), operations: JSON.parse(body).operations });
      const response = await authorized(request);
      this.replayed += Number(response.headers.has("Idempotency-Replayed"));
      return response;
    };
  }

  /** True if one batch has both operations. */
  together(...paths: string[]): boolean {
    return this.sent.some(({ operations }) => paths.every((path) => operations.some((each) => each.path === path)));
  }
}

async function start(name: string, open: Open, authorized: Authorized, lost: unknown[]): Promise<Connected> {
  const network = await Network.to(api);
  const stored = new Map<string, string>();
  const memos = {
    get: async (key: string) => JSON.parse(stored.get(key) ?? "null"),
    set: async (key: string, value: unknown) => void stored.set(key, JSON.stringify(value)),
  };
  const onLost = (_: Change, outcome: Outcome) => lost.push([name, outcome.problem?.code ?? "conflict", outcome.lost.title]);
  const send = sender(network.url, authorized);
  const device = await open({ name, send, memos, onLost, baseUrl: network.url, fetch: authorized });
  return { ...device, name, network };
}

/** Sync, and return when the connection has broken. `ended` waits until the device gives up or has synced after all. */
export async function syncUntilFault({ network, sync }: Connected): Promise<{ ended: Promise<void> }> {
  const before = network.faults;
  const ended = sync().catch(() => {});
  while (network.faults === before) await new Promise((resolve) => setTimeout(resolve, 5));
  return { ended };
}

export class Devices {
  /** What differs from the server when it should not. */
  readonly differences: unknown[] = [];

  readonly a: Connected;
  readonly b: Connected;
  /** What the devices say was not written. */
  readonly lost: unknown[];
  readonly batches: Batches;
  /** Sends requests of the same user, with neither device. */
  readonly send: Send;

  private constructor(a: Connected, b: Connected, lost: unknown[], batches: Batches, send: Send) {
    [this.a, this.b, this.lost, this.batches, this.send] = [a, b, lost, batches, send];
  }

  static async start(open: Open): Promise<Devices> {
    const authorized = await signIn();
    const [lost, batches]: [unknown[], Batches] = [[], new Batches()];
    const observed = batches.observed(authorized);
    const [a, b] = [await start("a", open, observed, lost), await start("b", open, observed, lost)];
    return new Devices(a, b, lost, batches, sender(api, authorized));
  }

  /** A field on the server, or the code of the problem. */
  async read(type: Type, id: string, field: string): Promise<unknown> {
    const fields: Fields = await (await this.send({ method: "GET", path: `/api/v1/${type}/${id}` })).json();
    return fields.id === id ? fields[field] : fields.code;
  }

  /** Compare what both devices have with what the API lists. */
  async compare(moment: string): Promise<void> {
    const posts = await this.posts();
    const comments = await Promise.all(posts.map(({ id }) => this.listed(`/api/v1/posts/${id}/comments?page_size=100`)));
    for (const device of [this.a, this.b]) {
      const found = [...differences(await device.all("posts"), posts), ...differences(await device.all("comments"), comments.flat())];
      this.differences.push(...found.map((each) => [moment, device.name, each]));
    }
  }

  /** All posts that the user may see. */
  posts(filter = ""): Promise<Data[]> {
    return this.listed(`/api/v1/posts?status=any&page_size=100${filter}`);
  }

  /** All pages of a list. */
  private async listed(path: string): Promise<Data[]> {
    const results: Data[] = [];
    for (let next: string | null = path; next; ) {
      const page: { results: Data[]; next: string | null } = await (await this.send({ method: "GET", path: next })).json();
      results.push(...page.results);
      next = page.next && page.next.replace(/^https?:\/\/[^/]*/, "");
    }
    return results;
  }
}

async function signIn(): Promise<Authorized> {
  const send = sender(api, fetch);
  const password = "correct-horse-battery-staple";
  await send({ method: "POST", path: "/api/v1/users", body: { username, email: `${username}@example.com`, password } });
  const response = await send({ method: "POST", path: "/api/auth/app/v1/auth/login", body: { username, password } });
  if (!response.ok) throw new Error(await response.text());
  const { meta } = await response.json();
  return (request) => {
    request.headers.set("Authorization", `Bearer ${meta.access_token}`);
    return fetch(request);
  };
}

/** What is missing on the device, and which of the fields that it stores differ from the server's. */
function differences(here: Data[], there: Data[]): unknown[] {
  const ids = new Set(here.map(({ id }) => id));
  const remote = new Map(there.map((data) => [data.id, data]));
  const missing = there.filter(({ id }) => !ids.has(id)).map(({ id }) => ["missing", id]);
  const differing = here.flatMap((data) =>
    Object.keys(data)
      .filter((name) => !isDeepStrictEqual(data[name], remote.get(data.id)?.[name]))
      .map((name) => [name, data[name], remote.get(data.id)?.[name]]),
  );
  return [...missing, ...differing];
}
