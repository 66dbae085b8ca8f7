use proxy_wasm::traits::{Context, HttpContext};
use proxy_wasm::types::Action;

#[derive(Default)]
pub struct Filter;

impl Context for Filter {}

impl HttpContext for Filter {
    fn on_http_response_body(&mut self, size: usize, end: bool) -> Action {
        if !end {
            return Action::Pause;
        }
        if let Some(mut body) = self.get_http_response_body(0, size) {
            body[0] = b'#';
            self.set_http_response_body(0, size, &body);
        }
        Action::Continue
    }
}
