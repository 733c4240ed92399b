from django.urls import include, path
from rest_framework.routers import SimpleRouter

from blog.views import NumberedPostViewSet, PostViewSet

router = SimpleRouter(trailing_slash=False)
router.register("posts", PostViewSet)
router.register("numbered", NumberedPostViewSet, basename="numbered")

urlpatterns = [path("", include(router.urls))]
