"use strict";

const container = document.getElementById("swagger-ui");
const { schemaUrl, csrfCookie, csrfHeader } = container.dataset;

// Read for every request: signing in or out gives the browser another token.
const csrfToken = () =>
  document.cookie
    .split("; ")
    .find((cookie) => cookie.startsWith(`${csrfCookie}=`))
    ?.slice(csrfCookie.length + 1);

SwaggerUIBundle({
  url: schemaUrl,
  domNode: container,
  deepLinking: true,
  displayRequestDuration: true,
  docExpansion: "list",
  defaultModelsExpandDepth: 0,
  filter: true,
  persistAuthorization: true,
  tryItOutEnabled: true,
  validatorUrl: null,
  requestInterceptor: (request) => {
    const isOwn = new URL(request.url, location.href).origin === location.origin;
    if (isOwn && !["GET", "HEAD", "OPTIONS"].includes(request.method ?? "GET")) {
      request.headers[csrfHeader] = csrfToken() ?? "";
    }
    return request;
  },
});
