"""Who a visitor is, as far as the server can tell: an address, and a browser at that address."""

import streamlit as st

XSRF_COOKIE = "_streamlit_xsrf"
_MASK_BYTES, _MOST_BYTES = 4, 64


def visitor() -> tuple[str, str]:
    """Returns who looks at this page.

    The address is the one that the server is connected to, or what a proxy says that it trusts. A
    browser is known by the token that Streamlit gives it against forged requests; all pages of a
    browser have the same one.
    """
    address, cookie = st.context.ip_address, st.context.cookies.get(XSRF_COOKIE)
    # A page that is run without a server has no connection, and neither of them is a text.
    return (
        address if isinstance(address, str) else "",
        browser_of(cookie) if isinstance(cookie, str) else "",
    )


def browser_of(cookie: str) -> str:
    """Returns the token of a cookie, which every page writes anew under another mask."""
    version, mask, token, *_ = (*cookie.strip("\"'").split("|"), "", "")
    try:
        key, hidden = bytes.fromhex(mask), bytes.fromhex(token)
    except ValueError:
        return ""
    if version != "2" or len(key) != _MASK_BYTES or len(hidden) > _MOST_BYTES:
        return ""
    return bytes(byte ^ key[at % _MASK_BYTES] for at, byte in enumerate(hidden)).hex()
