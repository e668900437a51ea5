//! Lets a team in by a header.
use sluice_plugin::{member, plugin, request, response, Hook, Plugin, Reply, Setup, Verdict};

struct Teams {
    header: String,
    team: String,
}

impl Plugin for Teams {
    fn configure(config: &str) -> Result<(Self, Setup), String> {
        let header = member(config, "header").unwrap_or_else(|| "x-team".to_owned());
        let team = member(config, "team").ok_or("there is no team")?;
        Ok((Teams { header, team }, Setup::of(&[Hook::RequestHeaders, Hook::ResponseHeaders])))
    }

    fn on_request_headers(&mut self, _ctx: u32) -> Verdict {
        match request::header(&self.header) {
            Some(team) if team == self.team => {
                request::set_consumer(&team);
                Verdict::Proceed
            }
            _ => Verdict::Answer(Reply::refuse(403, "Your team may not do this.")),
        }
    }

    fn on_response_headers(&mut self, _ctx: u32) -> Verdict {
        response::set_header("x-checked-by", "my-plugin");
        Verdict::Proceed
    }
}

plugin!(Teams);
