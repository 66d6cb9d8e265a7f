//! How a push leaves the sandbox: a real client, or whatever a simulation has for a network.

use async_trait::async_trait;

/// The answer to a push.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PushReply {
    /// HTTP status.
    pub status: u16,
    /// Its text.
    pub body: String,
}

/// No answer came. The text names no address parameters.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("no answer to a push: {0}")]
pub struct SinkError(pub String);

/// Carries requests to the registered address.
#[async_trait]
pub trait PushSink: Send + Sync {
    /// POSTs `body` (JSON) to `url?query`.
    async fn post(&self, url: &str, query: &str, body: String) -> Result<PushReply, SinkError>;

    /// GETs `url?query`.
    async fn get(&self, url: &str, query: &str) -> Result<PushReply, SinkError>;
}

/// Real HTTP.
#[derive(Clone, Debug)]
pub struct HttpSink(reqwest::Client);

impl HttpSink {
    /// A client without proxies and redirects: the registered address is meant literally.
    pub fn new() -> Result<Self, SinkError> {
        // The client panics without a process-wide provider, even for plain HTTP. Somebody else may have set one already.
        _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .map_err(|error| SinkError(error.to_string()))?;
        Ok(Self(client))
    }

    async fn send(request: reqwest::RequestBuilder) -> Result<PushReply, SinkError> {
        let failed = |error: reqwest::Error| SinkError(error.without_url().to_string());
        let response = request.send().await.map_err(failed)?;
        let status = response.status().as_u16();
        Ok(PushReply { status, body: response.text().await.map_err(failed)? })
    }
}

#[async_trait]
impl PushSink for HttpSink {
    async fn post(&self, url: &str, query: &str, body: String) -> Result<PushReply, SinkError> {
        let request = self.0.post(format!("{url}?{query}")).header("content-type", "application/json").body(body);
        Self::send(request).await
    }

    async fn get(&self, url: &str, query: &str) -> Result<PushReply, SinkError> {
        Self::send(self.0.get(format!("{url}?{query}"))).await
    }
}
