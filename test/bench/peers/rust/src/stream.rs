use proxy_wasm::traits::{Context, HttpContext};
use proxy_wasm::types::Action;
use std::cell::Cell;

thread_local! {
    static FINISHED: Cell<u32> = Cell::new(0);
}

#[derive(Default)]
pub struct Filter {
    name: String,
    logged: bool,
}

impl Context for Filter {
    fn on_done(&mut self) -> bool {
        FINISHED.with(|finished| finished.set(finished.get() + 1));
        true
    }
}

impl HttpContext for Filter {
    fn on_http_request_headers(&mut self, _count: usize, _end: bool) -> Action {
        self.name = self.get_http_request_header("x-name").unwrap_or_else(|| "nobody".to_string());
        Action::Continue
    }

    fn on_http_response_headers(&mut self, _count: usize, _end: bool) -> Action {
        self.set_http_response_header("x-hello", Some(&self.name));
        Action::Continue
    }

    fn on_log(&mut self) {
        self.logged = true;
    }
}
