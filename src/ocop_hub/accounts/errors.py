"""What sign-in and tokens can refuse."""

from __future__ import annotations

from ocop_hub.errors import Conflict, Forbidden, HubError, Malformed, NotSignedIn


class WrongLogin(NotSignedIn):
    code = "wrong-login"
    title = "Chưa đăng nhập được"


class TooManyAttempts(HubError):
    status = 429
    code = "too-many-attempts"
    title = "Tạm dừng đăng nhập"


class LoginTaken(Conflict):
    code = "login-taken"
    title = "Số điện thoại hoặc thư điện tử đã có tài khoản"


class BadLogin(Malformed):
    code = "bad-login"
    title = "Số điện thoại hoặc thư điện tử chưa đúng"


class WeakPassphrase(Malformed):
    code = "weak-passphrase"
    title = "Mật khẩu chưa đủ mạnh"


class CrossSite(Forbidden):
    code = "cross-site"
    title = "Yêu cầu đến từ trang khác"


class WrongFormToken(Forbidden):
    code = "csrf-token"
    title = "Biểu mẫu đã cũ"
