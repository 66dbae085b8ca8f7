//! The benchmark's filters with the Rust SDK; a feature for each, so that none carries another's code.
use proxy_wasm::traits::{Context, HttpContext, RootContext};
use proxy_wasm::types::ContextType;

#[cfg_attr(feature = "empty", path = "empty.rs")]
#[cfg_attr(feature = "headers", path = "headers.rs")]
#[cfg_attr(feature = "body", path = "body.rs")]
#[cfg_attr(feature = "call", path = "call.rs")]
#[cfg_attr(feature = "stream", path = "stream.rs")]
mod filter;

proxy_wasm::main! {{
    proxy_wasm::set_root_context(|_| Box::new(Root));
}}

struct Root;

impl Context for Root {}

impl RootContext for Root {
    fn create_http_context(&self, _id: u32) -> Option<Box<dyn HttpContext>> {
        Some(Box::new(filter::Filter::default()))
    }

    fn get_type(&self) -> Option<ContextType> {
        Some(ContextType::HttpContext)
    }
}
