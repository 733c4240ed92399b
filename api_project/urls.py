from allauth.headless.constants import Client
from django.conf import settings
from django.contrib import admin
from django.urls import include, path

from api_project.http.batch.views import BatchView
from api_project.meta.health import LivenessView, ReadinessView
from api_project.meta.views import CatalogView, IndexView, redirect_to, redirect_to_favicon
from users.auth.pages import SignInPage
from users.auth.urls import auth_urlpatterns, callback_urlpatterns

handler500 = "api_project.http.problems.handlers.server_error"

urlpatterns = [
    path("", redirect_to("docs")),
    path("docs", redirect_to("docs")),
    path("favicon.ico", redirect_to_favicon),
    path("api/sign-in", SignInPage.as_view(), name="sign-in"),
    path("api/v1", IndexView.as_view(), name="index"),
    path("api/v1/batch", BatchView.as_view(), name="batch"),
    path("api/v1/", include("posts.urls")),
    path("api/v1/", include("posts.comments.urls")),
    path("feeds/", include("posts.feeds.urls")),
    path("api/v1/", include("users.urls")),
    path("api/v1/", include("users.tokens.urls")),
    path("api/v1/", include("api_project.journal.urls")),
    path("api/auth/app/v1/", include((auth_urlpatterns(Client.APP), "auth"), namespace="auth-app")),
    path("api/auth/browser/v1/", include((auth_urlpatterns(Client.BROWSER), "auth"), namespace="auth-browser")),
    path("api/auth/browser/v1/", include(callback_urlpatterns())),
    path("api/", include("schema.urls")),
    path("", include("api_project.meta.problem_types")),
    path(".well-known/api-catalog", CatalogView.as_view(), name="api-catalog"),
    path("livez", LivenessView.as_view(), name="livez"),
    path("readyz", ReadinessView.as_view(), name="readyz"),
    path("admin", redirect_to("admin:index")),
    path("admin/", admin.site.urls),
]

if settings.METRICS_TOKEN:
    from api_project.metrics.views import metrics

    urlpatterns.append(path("metrics", metrics, name="metrics"))
