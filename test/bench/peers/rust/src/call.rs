use proxy_wasm::traits::{Context, HttpContext};
use proxy_wasm::types::Action;
use std::time::Duration;

#[derive(Default)]
pub struct Filter;

impl Context for Filter {
    fn on_http_call_response(&mut self, _token: u32, _headers: usize, _body: usize, _trailers: usize) {
        if let Some(status) = self.get_http_call_response_header(":status") {
            self.set_http_request_header("x-auth", Some(&status));
        }
        self.resume_http_request();
    }
}

impl HttpContext for Filter {
    fn on_http_request_headers(&mut self, _count: usize, _end: bool) -> Action {
        let headers = vec![(":method", "GET"), (":path", "/check"), (":authority", "auth")];
        match self.dispatch_http_call("auth", headers, None, vec![], Duration::from_secs(1)) {
            Ok(_) => Action::Pause,
            Err(_) => Action::Continue,
        }
    }
}
