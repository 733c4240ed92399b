from api_project.http.routers import Router
from users.tokens.views import PersonalAccessTokenViewSet

router = Router()
router.register("users/me/tokens", PersonalAccessTokenViewSet, basename="tokens")

urlpatterns = router.urls
