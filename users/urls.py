from django.urls import path

from api_project.http.routers import Router
from users.views import AccountViewSet, UserViewSet

router = Router()
router.register("users", UserViewSet, basename="users")

urlpatterns = [
    *router.urls,
    path(
        "users/<str:id>/account",
        AccountViewSet.as_view({"get": "retrieve", "patch": "partial_update"}),
        name="users-account",
    ),
]
