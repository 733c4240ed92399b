from django.urls import path

from schema.views import DocumentView, RedocPage, SwaggerPage

urlpatterns = [
    path("schema", DocumentView.as_view(), name="schema"),
    path("docs", SwaggerPage.as_view(), name="docs"),
    path("redoc", RedocPage.as_view(), name="redoc"),
]
