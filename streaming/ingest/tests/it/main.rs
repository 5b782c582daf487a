//! Real files, real ffmpeg, the real sandbox.

mod accepted;
mod refused;
mod sounds;
