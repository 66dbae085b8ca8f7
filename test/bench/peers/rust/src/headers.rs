use proxy_wasm::traits::{Context, HttpContext};
use proxy_wasm::types::Action;

#[derive(Default)]
pub struct Filter;

impl Context for Filter {}

impl HttpContext for Filter {
    fn on_http_request_headers(&mut self, _count: usize, _end: bool) -> Action {
        if let Some(name) = self.get_http_request_header("x-name") {
            self.set_http_request_header("x-seen", Some(&name));
        }
        Action::Continue
    }

    fn on_http_response_headers(&mut self, _count: usize, _end: bool) -> Action {
        self.set_http_response_header("x-hello", Some("world"));
        Action::Continue
    }
}
