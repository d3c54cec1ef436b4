//! A server on this machine that answers what a target says: for readers and authorities that are asked over HTTP.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

type Answer = Box<dyn FnMut(&[u8]) -> (u16, Vec<u8>) + Send>;

pub(crate) struct Site {
    pub(crate) address: String,
    answer: Arc<Mutex<Answer>>,
}

fn held(answer: &Mutex<Answer>) -> MutexGuard<'_, Answer> {
    answer.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Site {
    pub(crate) fn open() -> Site {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port of this machine");
        let address = format!("http://{}", listener.local_addr().expect("an address"));
        let answer: Arc<Mutex<Answer>> = Arc::new(Mutex::new(Box::new(|_| (404, Vec::new()))));
        let given = answer.clone();
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                // Whoever hangs up needs no answer.
                let _ = serve(client, &given);
            }
        });
        Site { address, answer }
    }

    /// From now on answers so: a status and a body, from the body that came.
    pub(crate) fn answers(&self, answer: impl FnMut(&[u8]) -> (u16, Vec<u8>) + Send + 'static) {
        *held(&self.answer) = Box::new(answer);
    }
}

fn serve(mut client: TcpStream, answer: &Mutex<Answer>) -> std::io::Result<()> {
    client.set_nodelay(true)?;
    let (mut message, mut piece) = (Vec::new(), [0; 4096]);
    let body = loop {
        if let Some(head) = message.windows(4).position(|it| it == b"\r\n\r\n").map(|it| it + 4) {
            let text = String::from_utf8_lossy(&message[..head]).to_lowercase();
            let length = text.lines().find_map(|it| it.strip_prefix("content-length:")?.trim().parse::<usize>().ok());
            if message.len() >= head + length.unwrap_or(0) {
                break head;
            }
        }
        match client.read(&mut piece)? {
            0 => return Ok(()),
            read => message.extend_from_slice(&piece[..read]),
        }
    };
    let (status, content) = held(answer)(&message[body..]);
    let length = content.len();
    let head = format!("HTTP/1.1 {status} Said\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n");
    client.write_all(&[head.as_bytes(), &content].concat())
}
