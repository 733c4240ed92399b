from api_project.http.routers import Router
from posts.views import PostRevisionViewSet, PostViewSet, TagViewSet

router = Router()
router.register("posts", PostViewSet, basename="posts")
router.register("revisions", PostRevisionViewSet, basename="revisions")
router.register("tags", TagViewSet, basename="tags")

urlpatterns = router.urls
