from api_project.http.routers import Router
from posts.views import PostViewSet, TagViewSet

router = Router()
router.register("posts", PostViewSet, basename="posts")
router.register("tags", TagViewSet, basename="tags")

urlpatterns = router.urls
