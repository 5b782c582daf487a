//! Closes a connection on which no byte moved for a while: hyper limits headers only.

use std::{
    future::Future,
    io::{self, IoSlice},
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::{Instant, Sleep},
};

pub(super) struct Stall<S> {
    inner: S,
    most: Duration,
    moved: bool,
    alarm: Pin<Box<Sleep>>,
}

impl<S: Unpin> Stall<S> {
    #[expect(
        clippy::disallowed_methods,
        reason = "waiting is the listener's part of the house"
    )]
    pub(super) fn new(inner: S, most: Duration) -> Self {
        Self {
            inner,
            most,
            moved: false,
            alarm: Box::pin(tokio::time::sleep(most)),
        }
    }

    /// Ready once a whole period passed without a byte. The alarm is set anew when it rings, not
    /// at each byte: that would cost more than the bytes.
    fn rang(&mut self, cx: &mut Context<'_>) -> Poll<io::Error> {
        loop {
            ready!(self.alarm.as_mut().poll(cx));
            if !self.moved {
                return Poll::Ready(io::ErrorKind::TimedOut.into());
            }
            self.moved = false;
            self.reset();
        }
    }

    fn reset(&mut self) {
        let next = Instant::now() + self.most;
        self.alarm.as_mut().reset(next);
    }

    fn watch<T>(
        &mut self,
        cx: &mut Context<'_>,
        result: Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        if result.is_ready() {
            self.moved = true;
            return result;
        }
        self.rang(cx).map(Err)
    }

    /// A flush moves nothing by itself, and hyper asks for one each time it wakes.
    fn watch_flush(
        &mut self,
        cx: &mut Context<'_>,
        result: Poll<io::Result<()>>,
    ) -> Poll<io::Result<()>> {
        if result.is_ready() {
            result
        } else {
            self.rang(cx).map(Err)
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Stall<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let result = Pin::new(&mut self.inner).poll_read(cx, buf);
        self.watch(cx, result)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Stall<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        let result = Pin::new(&mut self.inner).poll_write(cx, buf);
        self.watch(cx, result)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let result = Pin::new(&mut self.inner).poll_write_vectored(cx, bufs);
        self.watch(cx, result)
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let result = Pin::new(&mut self.inner).poll_flush(cx);
        self.watch_flush(cx, result)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let result = Pin::new(&mut self.inner).poll_shutdown(cx);
        self.watch_flush(cx, result)
    }
}
