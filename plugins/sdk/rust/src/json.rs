/// The value of a text member of a flat JSON object, without escapes. For configurations that are as simple; for others there are crates.
pub fn member(json: &str, name: &str) -> Option<String> {
    let quoted = format!("\"{name}\"");
    let mut rest = json;
    loop {
        rest = &rest[rest.find(&quoted)? + quoted.len()..];
        if let Some(value) = rest.trim_start().strip_prefix(':') {
            let value = value.trim_start().strip_prefix('"')?;
            return Some(value[..value.find('"')?].to_owned());
        }
    }
}
