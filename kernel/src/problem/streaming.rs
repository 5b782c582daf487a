//! Refusals of `streaming`.

super::slugs! { STREAMING:
}
