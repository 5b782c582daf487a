//! The crate through its routers.

mod assets;
mod forms;
mod pages;
mod signin;
