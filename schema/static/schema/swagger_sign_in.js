"use strict";

// Signing in on the page: by the session cookie of web pages, or with a token that one pastes.

const page = document.getElementById("swagger-ui").dataset;
const AUTH = "/api/auth/browser/v1/auth";
const SIGN_IN_HASH = "#/sign-in";
const TOKEN_SCHEMES = ["bearerAuth", "personalAccessToken", "sessionToken"];

// Read for every request: signing in or out gives the browser another token.
const csrfToken = () =>
  document.cookie
    .split("; ")
    .find((cookie) => cookie.startsWith(`${page.csrfCookie}=`))
    ?.slice(page.csrfCookie.length + 1);

const send = async (method, path, data) => {
  const headers = { "Content-Type": "application/json", [page.csrfHeader]: csrfToken() ?? "" };
  const response = await fetch(path, { method, headers, body: data && JSON.stringify(data) });
  return { status: response.status, body: await response.json().catch(() => ({})) };
};

// Who calls: the user of the session cookie, as the page was loaded or as its requests have changed it.
const Caller = (() => {
  let username = page.username ?? "";
  let dialog = null;
  const listeners = new Set();
  const subscribe = (listener) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  };
  return {
    hasCookie: () => username !== "",
    openDialog: () => dialog?.showModal(),
    setDialog: (element) => (dialog = element),
    set: (name) => {
      username = name;
      listeners.forEach((listener) => listener());
    },
    refresh: async () => {
      const { body } = await send("GET", `${AUTH}/session`);
      Caller.set(body.data?.user?.username ?? "");
    },
    useUsername: (system) => system.React.useSyncExternalStore(subscribe, () => username),
    // The security schemes that the caller's requests satisfy.
    useMeans: (system) => {
      const tokens = system.authSelectors.authorized()?.keySeq().toArray() ?? [];
      return new Set([...tokens, ...(Caller.useUsername(system) ? ["sessionCookie"] : [])]);
    },
  };
})();

// An access token is a JWT, a personal one has a prefix, and the token of a sign-in that needs another step has neither.
const schemeOf = (token) =>
  token.startsWith("pau_") ? "personalAccessToken" : token.includes(".") ? "bearerAuth" : "sessionToken";

const PASSWORD = { autoComplete: "current-password", label: "Password", name: "password", type: "password" };

const SignIn = (system) => {
  const { createElement: h, useEffect, useRef, useState } = system.React;

  const isUsed = (name) => Boolean(system.authSelectors.authorized()?.has(name));
  const forgetTokens = () => {
    const used = TOKEN_SCHEMES.filter(isUsed);
    if (used.length) system.authActions.logoutWithPersistOption(used);
  };

  const useToken = (pasted) => {
    const token = pasted.trim().replace(/^Bearer\s+/i, "");
    const name = schemeOf(token);
    const schema = system.specSelectors.securityDefinitions().get(name);
    forgetTokens();
    system.authActions.authorizeWithPersistOption({ [name]: { name, schema, value: token } });
  };

  // The next question to the user: a message, or a code of the second factor. Neither, if they are signed in.
  const answerTo = async ({ status, body }) => {
    if (status === 200 || status === 409) {
      forgetTokens();
      await Caller.refresh();
      return {};
    }
    const needsCode = body.data?.flows?.some((flow) => flow.id === "mfa_authenticate" && flow.is_pending);
    return needsCode ? { needsCode } : { message: body.errors?.[0]?.detail ?? body.detail ?? `Status ${status}` };
  };

  const Field = ({ label, ...rest }) => h("label", null, label, h("input", { required: true, type: "text", ...rest }));

  const Form = ({ close }) => {
    const [{ message, needsCode }, ask] = useState({});
    const submit = async (event) => {
      event.preventDefault();
      const { login, password, code } = Object.fromEntries(new FormData(event.target));
      const name = login?.includes("@") ? "email" : "username";
      const [step, data] = needsCode ? ["2fa/authenticate", { code }] : ["login", { [name]: login, password }];
      const next = await answerTo(await send("POST", `${AUTH}/${step}`, data));
      ask((before) => ({ needsCode: before.needsCode, ...next }));
      if (!next.message && !next.needsCode) close();
    };
    return h(
      "form",
      { onSubmit: submit },
      needsCode
        ? h(Field, { autoComplete: "one-time-code", key: "code", label: "Code of your authenticator app", name: "code" })
        : [
            h(Field, { autoComplete: "username", key: "login", label: "Username or e-mail", name: "login" }),
            h(Field, { ...PASSWORD, key: "password" }),
          ],
      message && h("p", { role: "alert" }, message),
      h("button", { className: "btn execute", type: "submit" }, "Sign in"),
    );
  };

  const TokenForm = ({ close }) => {
    const submit = (event) => {
      event.preventDefault();
      useToken(new FormData(event.target).get("pasted"));
      close();
    };
    return h(
      "details",
      null,
      h("summary", null, "Use a token instead"),
      h(
        "form",
        { onSubmit: submit },
        h(Field, { autoComplete: "off", label: "Access token or personal access token", name: "pasted" }),
        h("button", { className: "btn", type: "submit" }, "Use this token"),
      ),
    );
  };

  const Dialog = ({ round }) => {
    const element = useRef(null);
    const close = () => element.current.close();
    const leaveHash = () => location.hash === SIGN_IN_HASH && history.replaceState(null, "", location.pathname);
    useEffect(() => {
      Caller.setDialog(element.current);
      if (location.hash === SIGN_IN_HASH) Caller.openDialog();
    }, []);
    return h(
      "dialog",
      { "aria-labelledby": "sign-in", className: "sign-in", onClose: leaveHash, ref: element },
      h("button", { "aria-label": "Close", className: "close", onClick: close, type: "button" }, "×"),
      h("h2", { id: "sign-in" }, "Sign in"),
      h(Form, { close, key: round }),
      h(TokenForm, { close }),
      h("p", null, "No account? ", h("a", { href: "#/Users/users_create", onClick: close }, "Sign up"), " first."),
    );
  };

  // The sentence about a token: the server knows whose it is, and if it is valid.
  const useTokenState = (scheme, value) => {
    const [state, set] = useState("You use a token");
    const check = async () => {
      const response = await fetch("/api/v1/users/me", { headers: { Authorization: `Bearer ${value}` } });
      const { username } = await response.json();
      if (response.status === 401) set("The server refuses your token. It may have expired.");
      if (username) set(["Signed in by token as ", h("strong", { key: "name" }, username)]);
    };
    useEffect(() => {
      set("You use a token");
      if (value && scheme !== "sessionToken") check();
    }, [value]);
    return state;
  };

  const Panel = () => {
    const username = Caller.useUsername(system);
    const scheme = TOKEN_SCHEMES.find(isUsed);
    const token = scheme && system.authSelectors.authorized().getIn([scheme, "value"]);
    const tokenState = useTokenState(scheme, token);
    const signOut = async () => {
      if (token) return forgetTokens();
      await send("DELETE", `${AUTH}/session`);
      await Caller.refresh();
    };
    const says = token ? tokenState : username && ["Signed in as ", h("strong", { key: "name" }, username)];
    return h(
      "div",
      { className: "auth-wrapper" },
      says && h("span", { role: "status" }, says),
      says
        ? h("button", { className: "btn", onClick: signOut }, token ? "Forget the token" : "Sign out")
        : h("button", { className: "btn authorize", onClick: Caller.openDialog }, "Sign in"),
      h(Dialog, { round: `${username}${token}` }),
    );
  };

  return { components: { authorizeBtn: Panel } };
};
