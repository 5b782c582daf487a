//! Refusals of `payments`.

super::slugs! { PAYMENTS:
}
