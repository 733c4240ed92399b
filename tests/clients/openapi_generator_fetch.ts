// What every client has to be able to do, with the client that openapi-generator makes for fetch.
import { AuthAppApi, Configuration, PostsApi, PostsListOrderingEnum, ResponseError, UsersApi } from "./api/index.js";
import type { AuthProblem, Post, Problem, ValidationProblem } from "./api/index.js";

const [basePath, username] = process.argv.slice(2) as [string, string];
const password = "correct-horse-battery-staple";
let accessToken = "";
const configuration = new Configuration({ basePath, accessToken: () => accessToken });
const [auth, posts, users] = [new AuthAppApi(configuration), new PostsApi(configuration), new UsersApi(configuration)];

/** The response to a request that is refused, and the problem in it. */
async function refused<T>(sent: Promise<unknown>): Promise<{ response: Response; problem: T }> {
  const error: unknown = await sent.then(() => null, (error) => error);
  if (!(error instanceof ResponseError)) throw error ?? new Error("not refused");
  return { response: error.response, problem: await error.response.json() };
}

await users.usersCreate({ signUpRequest: { username, email: `${username}@example.com`, password } });
accessToken = (await auth.authAppLogin({ authLogin: { username, password } })).meta.accessToken ?? "";

async function create(title: string) {
  const request = { idempotencyKey: crypto.randomUUID(), postRequest: { title, body: "Typed.", tags: ["typed", username] } };
  return { first: await posts.postsCreateRaw(request), again: await posts.postsCreateRaw(request) };
}

async function walk(): Promise<Post[]> {
  const found: Post[] = [];
  for (let cursor: string | undefined; ; ) {
    const ordering = [PostsListOrderingEnum.TITLE];
    const page = await posts.postsList({ tag: ["typed", username], ordering, pageSize: 2, cursor });
    found.push(...page.results);
    if (!page.next) return found;
    cursor = new URL(page.next).searchParams.get("cursor") ?? undefined;
  }
}

const created = [];
for (const title of ["One", "Three", "Two"]) {
  const { first, again } = await create(title);
  const [one, other] = [await first.value(), await again.value()];
  created.push([first.raw.status, again.raw.headers.get("Idempotency-Replayed"), one.id === other.id]);
}
const walked = await walk();

const id = walked[0]?.slug ?? "";
const ifMatch = (await posts.postsRetrieveRaw({ id })).raw.headers.get("ETag") ?? "";
const edited = await posts.postsPartialUpdateRaw({ id, ifMatch, patchedPostRequest: { excerpt: "Edited." } });
const tag = edited.raw.headers.get("ETag") ?? "";
const post = await edited.value();
const lost = { id, ifMatch, patchedPostRequest: { excerpt: "Lost." } };
const stale = await refused<Problem>(posts.postsPartialUpdate(lost));
const draft = await posts.postsCreate({ postRequest: { title: "Later", body: "Typed.", publishedAt: null } });
const faulty = { title: "", body: "Typed.", tags: ["fine", "!?"] };
const invalid = await refused<ValidationProblem>(posts.postsCreate({ postRequest: faulty }));
const replaced = await posts.postsUpdateRaw({ id, ifMatch: tag, postRequest: { ...post, title: "Uno" } });
const whole = await replaced.value();
const deleted = await posts.postsDestroyRaw({ id });
const gone = await refused<Problem>(posts.postsRetrieve({ id }));
const signedOut = await refused<{ meta: { is_authenticated: boolean } } & AuthProblem>(auth.authAppSessionDestroy());
const afterwards = await refused<Problem>(users.usersRetrieve({ id: "me" }));

const report = {
  created,
  walked: walked.map((post) => post.title),
  edited: [edited.raw.status, post.excerpt, post.author.username === username],
  stale: [stale.problem.status, stale.problem.code],
  stale_has_current_tag: stale.response.headers.get("ETag") === tag,
  draft: draft.status,
  invalid: [
    invalid.problem.status,
    invalid.problem.code,
    invalid.problem.errors?.map((fault) => [fault.pointer, fault.code]),
  ],
  replaced: [replaced.raw.status, whole.title, whole.excerpt],
  deleted: deleted.raw.status,
  gone: [gone.problem.status, gone.problem.code],
  signed_out: [signedOut.response.status, signedOut.problem.meta.is_authenticated],
  afterwards: afterwards.response.status,
};
console.log(JSON.stringify(report));
