from api_project.http.routers import Router
from posts.comments.views import CommentViewSet

router = Router()
router.register("comments", CommentViewSet, basename="comments")

urlpatterns = router.urls
