//! Traces on their way to a collector, as OTLP over HTTP; off unless OpenTelemetry's own variables name an address.
//! Never here: spans.

use super::out;
use async_trait::async_trait;
use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response};
use opentelemetry_otlp::{SpanExporter, WithHttpConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::SdkTracerProvider;
use std::time::Duration;
use tokio::runtime::{Builder, Runtime};

/// Traces are sent where one of them says so. Headers, sampling, batches: OpenTelemetry reads its variables itself.
const ENDPOINTS: [&str; 2] = ["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT"];

/// How long one batch may take.
const TIMEOUT: Duration = Duration::from_secs(10);

/// How long a collector may keep the daemon from ending.
const LAST_CALL: Duration = Duration::from_secs(2);

pub(in crate::cli) struct Traces(Option<SdkTracerProvider>);

impl Traces {
    pub(super) fn none() -> Self {
        Self(None)
    }

    /// What the environment asks for. What cannot be set up is said, and the daemon goes on without.
    pub(super) fn wanted() -> Self {
        let named = |name: &&str| std::env::var(name).is_ok_and(|address| !address.trim().is_empty());
        if !ENDPOINTS.iter().any(named) {
            return Self::none();
        }
        match set_up() {
            Ok(provider) => Self(Some(provider)),
            Err(error) => {
                out::note(format!("vouch: traces cannot be sent ({error}); going on without"));
                Self::none()
            }
        }
    }

    pub(super) fn provider(&self) -> Option<&SdkTracerProvider> {
        self.0.as_ref()
    }

    /// Sends what is left. Blocks for two seconds at most.
    pub(in crate::cli) fn end(self) {
        if let Some(provider) = self.0
            && let Err(error) = provider.shutdown_with_timeout(LAST_CALL)
        {
            tracing::warn!(%error, "the last traces were not sent");
        }
    }
}

fn set_up() -> anyhow::Result<SdkTracerProvider> {
    let exporter = SpanExporter::builder().with_http().with_http_client(Post::new()?).build()?;
    let mut resource = Resource::builder();
    if std::env::var_os("OTEL_SERVICE_NAME").is_none() {
        resource = resource.with_service_name("vouch");
    }
    Ok(SdkTracerProvider::builder().with_batch_exporter(exporter).with_resource(resource.build()).build())
}

/// Our HTTP client, for a thread of OpenTelemetry's own that knows nothing of our runtime.
#[derive(Debug)]
struct Post {
    http: reqwest::Client,
    /// Taken only when it is given up, and then without waiting.
    runtime: Option<Runtime>,
}

impl Post {
    fn new() -> anyhow::Result<Self> {
        // Without a default provider the builder panics. Whoever was first has won; all are the same.
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let http = reqwest::Client::builder()
            // Headers may hold a key of the collector's.
            .redirect(reqwest::redirect::Policy::none())
            .timeout(TIMEOUT)
            .user_agent(concat!("vouch/", env!("CARGO_PKG_VERSION")))
            .build()?;
        Ok(Self { http, runtime: Some(Builder::new_current_thread().enable_all().build()?) })
    }

    async fn post(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let answer = self.http.execute(request.try_into()?).await?;
        let status = answer.status();
        let mut response = Response::new(answer.bytes().await?);
        *response.status_mut() = status;
        Ok(response)
    }
}

#[async_trait]
impl HttpClient for Post {
    /// Its caller blocks on it.
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        match &self.runtime {
            Some(runtime) => runtime.block_on(self.post(request)),
            None => Err("the client was given up".into()),
        }
    }
}

impl Drop for Post {
    /// Within the daemon's own runtime nothing may wait for another one.
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}
