//! The body of a range: 256 KiB at a time, read straight from the page cache where it is there.
//!
//! `preadv2` with `RWF_NOWAIT` reads inline what is in memory; what is not is read on the blocking
//! pool, so that a cold disk never holds up other connections.

use super::{
    files::{Opened, Source},
    range::Part,
};
use crate::plays::live::Seat;
use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use rustix::{
    fs::{Advice, fadvise},
    io::{Errno, ReadWriteFlags, preadv2},
};
use std::{
    fs::File,
    io::{self, IoSliceMut},
    num::NonZeroU64,
    os::unix::fs::FileExt,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll, ready},
};
use tokio::task::JoinHandle;

const CHUNK: usize = 256 << 10;
/// Buffers kept for reuse: fresh ones of this size cost more than the reads.
const SPARE: usize = 64;

/// Buffers that come back when their bytes are sent.
#[derive(Default)]
pub struct Pool(Mutex<Vec<Box<[u8]>>>);

impl Pool {
    fn take(self: &Arc<Self>) -> Chunk {
        let spare = self.0.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let buffer = spare.unwrap_or_else(|| vec![0; CHUNK].into_boxed_slice());
        Chunk {
            buffer,
            length: 0,
            pool: Arc::clone(self),
        }
    }
}

/// A buffer with bytes to send.
struct Chunk {
    buffer: Box<[u8]>,
    length: usize,
    pool: Arc<Pool>,
}

impl AsRef<[u8]> for Chunk {
    fn as_ref(&self) -> &[u8] {
        self.buffer.get(..self.length).unwrap_or_default()
    }
}

impl Drop for Chunk {
    fn drop(&mut self) {
        let buffer = std::mem::take(&mut self.buffer);
        let mut spare = self.pool.0.lock().unwrap_or_else(PoisonError::into_inner);
        if spare.len() < SPARE && buffer.len() == CHUNK {
            spare.push(buffer);
        }
    }
}

/// The bytes of one part of a rendition, on their way.
pub struct Bits {
    from: Arc<Opened>,
    pool: Arc<Pool>,
    at: u64,
    left: u64,
    cold: Option<JoinHandle<io::Result<Chunk>>>,
    seat: Option<Seat>,
}

impl Bits {
    /// `seat` is given back with the body, and is told of each byte handed out.
    #[must_use]
    pub fn new(from: Arc<Opened>, part: Part, pool: Arc<Pool>, seat: Option<Seat>) -> Self {
        Self {
            from,
            pool,
            at: part.first,
            left: part.length(),
            cold: None,
            seat,
        }
    }

    fn next(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<Bytes>> {
        let want = usize::try_from(self.left).unwrap_or(CHUNK).min(CHUNK);
        if let Source::Memory(bytes) = &self.from.source {
            let at = usize::try_from(self.at).unwrap_or(usize::MAX);
            let end = at.saturating_add(want).min(bytes.len());
            let part = (at < end).then(|| bytes.slice(at..end));
            return Poll::Ready(part.ok_or_else(|| io::ErrorKind::UnexpectedEof.into()));
        }
        if self.cold.is_none() {
            match self.warm(want) {
                Ok(Some(bytes)) => return Poll::Ready(Ok(bytes)),
                Ok(None) => self.cold = Some(self.read_cold(want)),
                Err(error) => return Poll::Ready(Err(error)),
            }
        }
        let Some(reading) = self.cold.as_mut() else {
            return Poll::Ready(Err(io::ErrorKind::Other.into()));
        };
        let read = ready!(Pin::new(reading).poll(cx));
        self.cold = None;
        Poll::Ready(
            read.unwrap_or_else(|_| Err(io::ErrorKind::Other.into()))
                .map(Bytes::from_owner),
        )
    }

    /// What is in the page cache; `None` if nothing of it is.
    fn warm(&self, want: usize) -> io::Result<Option<Bytes>> {
        let Source::File(file) = &self.from.source else {
            return Ok(None);
        };
        let mut chunk = self.pool.take();
        let into = chunk
            .buffer
            .get_mut(..want)
            .ok_or(io::ErrorKind::InvalidInput)?;
        match preadv2(
            file,
            &mut [IoSliceMut::new(into)],
            self.at,
            ReadWriteFlags::NOWAIT,
        ) {
            Ok(0) => Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(n) => {
                chunk.length = n;
                Ok(Some(Bytes::from_owner(chunk)))
            }
            // A file system that knows no NOWAIT is read as if it were cold.
            Err(Errno::AGAIN | Errno::OPNOTSUPP | Errno::INTR) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    fn read_cold(&self, want: usize) -> JoinHandle<io::Result<Chunk>> {
        let (from, at, left) = (Arc::clone(&self.from), self.at, self.left);
        let mut chunk = self.pool.take();
        tokio::task::spawn_blocking(move || {
            let Source::File(file) = &from.source else {
                return Err(io::ErrorKind::Unsupported.into());
            };
            will_need(file, at, left);
            let into = chunk
                .buffer
                .get_mut(..want)
                .ok_or(io::ErrorKind::InvalidInput)?;
            file.read_exact_at(into, at)?;
            chunk.length = want;
            Ok(chunk)
        })
    }
}

/// Asks the kernel to read on; a refusal costs speed only.
fn will_need(file: &File, at: u64, left: u64) {
    let _ = fadvise(
        file,
        at,
        NonZeroU64::new(left.min(4 << 20)),
        Advice::WillNeed,
    );
}

impl Body for Bits {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        if self.left == 0 {
            return Poll::Ready(None);
        }
        // The play ended meanwhile: the connection is cut short of its length.
        if self.seat.as_ref().is_some_and(|seat| !seat.is_live()) {
            return Poll::Ready(Some(Err(io::ErrorKind::ConnectionAborted.into())));
        }
        let bytes = match ready!(self.next(cx)) {
            Ok(bytes) => bytes,
            Err(error) => return Poll::Ready(Some(Err(error))),
        };
        let n = bytes.len() as u64;
        self.at += n;
        self.left = self.left.saturating_sub(n);
        if let Some(seat) = &self.seat {
            seat.sent(n);
        }
        Poll::Ready(Some(Ok(Frame::data(bytes))))
    }

    fn is_end_stream(&self) -> bool {
        self.left == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}
