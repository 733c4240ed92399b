"use strict";

// Operations that open to a height that one can read: errors as a table, samples in three languages, padlocks with a meaning.

const Operations = (system) => {
  const { createElement: h, useState } = system.React;
  let document_ = null;
  const operationAt = (path, method) => document_.paths[path][method];

  const Samples = ({ request }) => {
    const [label, choose] = useState(LANGUAGES[0].label);
    const text = LANGUAGES.find((each) => each.label === label).write(request);
    const tab = (name) =>
      h("button", { "aria-pressed": name === label, key: name, onClick: () => choose(name), type: "button" }, name);
    const copy = navigator.clipboard && // Only a page with HTTPS, or on this machine, has one.
      h("button", { className: "copy", onClick: () => navigator.clipboard.writeText(text), type: "button" }, "Copy");
    return h(
      "div",
      { className: "samples" },
      h("div", { className: "samples-languages" }, ...LANGUAGES.map((each) => tab(each.label)), copy),
      h("pre", { tabIndex: 0 }, h("code", null, text)),
    );
  };

  const Problem = ({ code, type, detail }) => h("a", { href: type, title: detail }, code);

  const Problems = ({ problems }) => {
    const rowOf = (status) => {
      const codes = problems.filter((each) => each.status === status);
      return h("tr", { key: status }, h("th", null, status), h("td", null, ...codes.map((each) => h(Problem, each))));
    };
    const statuses = [...new Set(problems.map((each) => each.status))];
    return h(
      "table",
      { className: "problems" },
      h("caption", null, "Errors"),
      h("tbody", null, ...statuses.map(rowOf)),
    );
  };

  // Above the responses: how programs send this request. Below them: the errors, instead of an example for each.
  const responses = (Original) => (props) => {
    const { path, method, tryItOutResponse } = props;
    const operation = operationAt(path, method);
    const problems = operation["x-problems"];
    const statuses = new Set(problems.map((each) => each.status));
    const others = props.responses.filter((_response, status) => !statuses.has(status));
    return h(
      "div",
      null,
      !tryItOutResponse && h(Samples, { request: exampleRequest(path, method, operation, document_) }),
      h(Original, { ...props, responses: others }),
      problems.length > 0 && h(Problems, { problems }),
    );
  };

  // The comparisons of a list, such as `created_at__gte`, would be half of its parameters.
  const parameters = (Original) => (props) => {
    const [areShown, show] = useState(false);
    const comparisons = props.parameters.filter((each) => each.get("name").includes("__"));
    if (areShown || comparisons.isEmpty()) return h(Original, props);
    const others = props.parameters.filterNot((each) => each.get("name").includes("__"));
    const label = `Show ${comparisons.size} comparisons: ${comparisons.first().get("name")}…`;
    return h(
      "div",
      null,
      h(Original, { ...props, parameters: others }),
      h("button", { className: "btn comparisons", onClick: () => show(true), type: "button" }, label),
    );
  };

  // The request that the page sent, as a program sends it: with a token in place of the browser's cookie.
  const Sent = ({ request }) => {
    const { url, method, headers, body } = request.toJS();
    const path = new URL(url, location.href).pathname;
    const own = { ...headers };
    const isBrowserOnly = path.startsWith("/api/auth/browser/");
    if (!isBrowserOnly) delete own[page.csrfHeader];
    if (own.accept === "*/*") delete own.accept;
    if (!own.Authorization && !isBrowserOnly && Caller.hasCookie()) own.Authorization = "Bearer $ACCESS_TOKEN";
    return h(Samples, { request: { method, url: new URL(url, location.href).href, headers: own, body } });
  };

  // A closed padlock: sign in first. An open one: you are signed in. None: everybody may call it.
  const summary = (Original) => (props) => {
    const means = Caller.useMeans(system);
    const ways = (props.operationProps.get("security")?.toJS() ?? []).map((way) =>
      Object.keys(way).filter((name) => name !== "csrfToken"),
    );
    const isPublic = ways.some((way) => way.length === 0);
    const shown = props.operationProps
      .update("security", (security) => (isPublic ? security.clear() : security))
      .set("isAuthorized", ways.some((way) => way.every((name) => means.has(name))));
    return h(Original, { ...props, operationProps: shown });
  };

  const Padlock = ({ isAuthorized }) => {
    const says = isAuthorized ? "You are signed in" : "Needs a sign-in";
    const open = (event) => {
      event.stopPropagation();
      Caller.openDialog();
    };
    const icon = h(system.getComponent(isAuthorized ? "UnlockAuthIcon" : "LockAuthIcon", true));
    return h("button", { "aria-label": says, className: "authorization__btn", onClick: open, title: says }, icon);
  };

  // The names of groups for people. Their links have the names of tags.
  const named = (Original) => (props) => {
    const tag = document_?.tags.find((each) => each.name === props.path);
    return h(Original, { ...props, text: tag?.["x-displayName"] ?? props.text });
  };

  return {
    components: { RequestSnippets: Sent, authorizeOperationBtn: Padlock, ServersContainer: () => null },
    wrapComponents: { responses, parameters, OperationSummary: summary, DeepLink: named },
    statePlugins: {
      spec: {
        wrapActions: {
          updateJsonSpec: (original) => (document) => {
            document_ = document;
            return original(document);
          },
        },
      },
    },
  };
};
