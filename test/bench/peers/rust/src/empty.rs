use proxy_wasm::traits::{Context, HttpContext};

#[derive(Default)]
pub struct Filter;

impl Context for Filter {}

impl HttpContext for Filter {}
