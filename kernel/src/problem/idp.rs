//! Refusals of `idp`.

super::slugs! { IDP:
}
