//! Server-sent events, as far as the relay uses them: `data:` lines, an empty line after each event, comments as a sign of life.

use std::collections::VecDeque;

use async_trait::async_trait;

use crate::ports::{EventStream, TransportError};

/// A hint is some hundred bytes; what grows beyond this is no event of ours.
const EVENT_CAP: usize = 64 * 1024;

pub(super) struct Events {
    response: reqwest::Response,
    parser: Parser,
}

impl Events {
    pub(super) fn new(response: reqwest::Response) -> Self {
        Self { response, parser: Parser::default() }
    }
}

#[async_trait]
impl EventStream for Events {
    async fn next(&mut self) -> Option<Result<String, TransportError>> {
        loop {
            if let Some(event) = self.parser.ready.pop_front() {
                return Some(Ok(event));
            }
            match self.response.chunk().await {
                Ok(Some(chunk)) => {
                    if let Err(error) = self.parser.feed(&chunk) {
                        return Some(Err(error));
                    }
                }
                Ok(None) => return None,
                Err(_) => return Some(Err(TransportError::Lost)),
            }
        }
    }
}

/// Cuts a byte stream into events, however it was cut into chunks.
#[derive(Debug, Default)]
struct Parser {
    line: Vec<u8>,
    data: Option<String>,
    ready: VecDeque<String>,
}

impl Parser {
    fn feed(&mut self, chunk: &[u8]) -> Result<(), TransportError> {
        for byte in chunk {
            if *byte == b'\n' {
                let line = std::mem::take(&mut self.line);
                self.take_line(&line);
            } else {
                self.line.push(*byte);
            }
            if self.line.len() + self.data.as_ref().map_or(0, String::len) > EVENT_CAP {
                return Err(TransportError::TooLarge);
            }
        }
        Ok(())
    }

    fn take_line(&mut self, line: &[u8]) {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if line.is_empty() {
            self.ready.extend(self.data.take());
            return;
        }
        let Some(value) = line.strip_prefix(b"data:") else { return };
        let value = String::from_utf8_lossy(value.strip_prefix(b" ").unwrap_or(value));
        match &mut self.data {
            Some(data) => {
                data.push('\n');
                data.push_str(&value);
            }
            None => self.data = Some(value.into_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_the_same_however_the_stream_is_cut() {
        let stream = b": alive\n\ndata: {\"a\":1}\r\n\r\nevent: x\ndata:one\ndata: two\n\ndata: unfinished\n";
        for size in 1..stream.len() {
            let mut parser = Parser::default();
            for chunk in stream.chunks(size) {
                parser.feed(chunk).unwrap();
            }
            assert_eq!(parser.ready, ["{\"a\":1}", "one\ntwo"], "chunks of {size}");
        }
    }

    #[test]
    fn an_endless_line_is_no_event() {
        let mut parser = Parser::default();
        assert_eq!(parser.feed(&vec![b'x'; EVENT_CAP + 1]), Err(TransportError::TooLarge));
    }
}
