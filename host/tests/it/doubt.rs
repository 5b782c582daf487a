//! The two answers of the door that need a bad day: the server is lost in COMMIT, and too many wait.

use crate::door::{NOTES, ids, write_note};
use futures_util::{future::join_all, poll};
use host::{
    Retryable,
    db::{self, Db, Engine},
};
use host_testing::Scratch;
use std::{
    io,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{UnixListener, UnixStream},
    sync::{Barrier, Notify},
};

/// A wire to PostgreSQL that breaks once, after the server has obeyed a COMMIT and before it can say
/// so.
struct Wire {
    armed: Arc<AtomicBool>,
}

impl Wire {
    /// Listens in `folder` and leads to the server whose socket lies in `server`.
    fn lay(server: PathBuf, folder: &Path) -> Self {
        let listener = UnixListener::bind(folder.join(".s.PGSQL.5432")).unwrap();
        let armed = Arc::new(AtomicBool::new(false));
        let arm = armed.clone();
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let server = UnixStream::connect(&server).await.unwrap();
                tokio::spawn(carry(client, server, arm.clone()));
            }
        });
        Self { armed }
    }
}

/// Carries bytes both ways until a side ends, or the wire breaks.
async fn carry(
    mut client: UnixStream,
    mut server: UnixStream,
    armed: Arc<AtomicBool>,
) -> io::Result<()> {
    let (mut said, mut heard) = (vec![0; 16_384], vec![0; 16_384]);
    loop {
        tokio::select! {
            read = client.read(&mut said) => {
                let said = &said[..read?];
                if said.is_empty() {
                    return Ok(());
                }
                server.write_all(said).await?;
                let commits = said.windows(6).any(|word| word == b"COMMIT");
                if commits && armed.swap(false, Ordering::SeqCst) {
                    // Its answer proves that it obeyed; nobody is told.
                    server.readable().await?;
                    return Ok(());
                }
            }
            read = server.read(&mut heard) => {
                let heard = &heard[..read?];
                if heard.is_empty() {
                    return Ok(());
                }
                client.write_all(heard).await?;
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_commit_whose_answer_is_lost_is_doubt_and_is_not_repeated() {
    let scratch = Scratch::new(&[&NOTES]).await;
    if scratch.engine() == Engine::Sqlite {
        // A file has no wire. What a dropped flush means there is proven beside the door.
        return;
    }
    let (before, rest) = scratch.url().split_once("host=").unwrap();
    let (socket, after) = rest.split_once('&').unwrap();
    let wire = Wire::lay(Path::new(socket).join(".s.PGSQL.5432"), scratch.folder());
    let url = format!("{before}host={}&{after}", scratch.folder().display());
    let db = Db::open(&url).await.unwrap();
    write_note(&db, "before").await.unwrap();
    wire.armed.store(true, Ordering::SeqCst);
    let runs = &AtomicU32::new(0);
    let doubted = db
        .write(move |tx| {
            Box::pin(async move {
                runs.fetch_add(1, Ordering::SeqCst);
                crate::door::insert(tx, "doubted", 0).await
            })
        })
        .await;
    assert!(matches!(doubted, Err(db::Error::Doubt)), "{doubted:?}");
    assert!(!db::Error::Doubt.is_retryable());
    assert_eq!(runs.load(Ordering::SeqCst), 1);
    assert_eq!(ids(&scratch.db()).await, ["before", "doubted"]);
    write_note(&db, "later").await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_writer_too_many_is_told_at_once_and_what_others_are_told_is_true() {
    const PLACES: usize = 1024;
    let scratch = Scratch::sqlite(&[&NOTES]).await;
    let db = scratch.db();
    let (entered, go) = (Arc::new(Barrier::new(2)), Arc::new(Notify::new()));
    let (own, mark, wait) = (db.clone(), entered.clone(), go.clone());
    let first = tokio::spawn(async move {
        let (mark, wait) = (&mark, &wait);
        own.write(move |tx| {
            Box::pin(async move {
                crate::door::insert(tx, "first", 0).await?;
                mark.wait().await;
                wait.notified().await;
                Ok::<_, db::Error>(())
            })
        })
        .await
    });
    entered.wait().await;
    let note = |id: String| {
        let db = db.clone();
        Box::pin(async move {
            let id = &id;
            let write = db.write(move |tx| Box::pin(crate::door::insert(tx, id, 0)));
            write.await
        })
    };
    let mut waiting: Vec<_> = (1..PLACES).map(|n| note(n.to_string())).collect();
    for write in &mut waiting {
        assert!(poll!(write).is_pending());
    }
    let refused = note("one too many".to_owned()).await;
    assert!(matches!(refused, Err(db::Error::Busy)), "{refused:?}");
    go.notify_one();
    // On a slow machine some lose their patience; what each was told is true all the same.
    let told = join_all(waiting).await;
    let stored = told.iter().filter(|answer| answer.is_ok()).count();
    let busy = |answer: &_| matches!(answer, Ok(()) | Err(db::Error::Busy));
    assert!(told.iter().all(busy), "{told:?}");
    first.await.unwrap().unwrap();
    assert_eq!(ids(&db).await.len(), 1 + stored);
}
