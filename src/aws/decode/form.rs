//! What the body is wrapped in, peeled off until findings stand alone.
//! Never here: the fields of a finding.

use super::NotFinding;
use super::asff;
use super::json::{Node, quote};
use crate::case::finding::Form;
use serde_json::{Map, Value};

/// One thing found in a body.
#[derive(Debug)]
pub(super) enum Part {
    /// Claims to be a finding; in GuardDuty's own shape.
    Raw {
        value: Value,
        form: Form,
    },
    /// Claims to be one and cannot be read at all.
    Broken {
        why: String,
        form: Option<Form>,
    },
    Nothing(NotFinding),
}

/// Text inside text inside text; the body itself is not counted (facts/findings.md 7.1).
const LAYERS: u8 = 3;
/// Lists and envelopes within one another; no real form needs more than five.
const DEPTH: u8 = 12;

/// The parts of a body, or why it is not JSON.
pub(super) fn unwrap(body: &[u8]) -> Result<Vec<Part>, String> {
    let text = std::str::from_utf8(body).map_err(|e| format!("the body is not UTF-8: {e}"))?;
    // The recursion limit of serde_json (128) stays on: a deeper body is not JSON to us.
    let value: Value = serde_json::from_str(text.trim_start_matches('\u{feff}'))
        .map_err(|e| format!("the body is not JSON: {e}"))?;
    let mut peeler = Peeler { parts: Vec::new() };
    peeler.open(value, Wrap { form: None, time: None, layers: 0, depth: 0 });
    Ok(peeler.parts)
}

/// What is known from the wrappings so far.
#[derive(Debug, Clone)]
struct Wrap {
    /// The outermost form decides.
    form: Option<Form>,
    /// The envelope's time, for findings that name none.
    time: Option<Value>,
    layers: u8,
    depth: u8,
}

struct Peeler {
    parts: Vec<Part>,
}

impl Peeler {
    fn open(&mut self, value: Value, wrap: Wrap) {
        if wrap.depth > DEPTH {
            return self.broken("it is wrapped more often than any known form", &wrap);
        }
        let wrap = Wrap { depth: wrap.depth + 1, ..wrap };
        if let Some(text) = value.as_str() {
            return self.text(text, wrap);
        }
        match value {
            Value::Array(list) => list.into_iter().for_each(|item| self.open(item, wrap.clone())),
            Value::Object(map) => self.object(map, wrap),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
                self.parts.push(Part::Nothing(NotFinding::Other));
            }
        }
    }

    fn text(&mut self, text: &str, wrap: Wrap) {
        let text = text.trim();
        if !text.starts_with(['{', '[', '"']) {
            // A person's words, such as the console's "Publish message".
            return self.parts.push(Part::Nothing(NotFinding::Other));
        }
        if wrap.layers >= LAYERS {
            return self.broken("it is text inside more than three layers of text", &wrap);
        }
        match serde_json::from_str(text) {
            Ok(value) => self.open(value, Wrap { layers: wrap.layers + 1, ..wrap }),
            Err(e) => self.broken(&format!("the text inside it is not JSON: {e}"), &wrap),
        }
    }

    fn object(&mut self, mut map: Map<String, Value>, wrap: Wrap) {
        if let Some(Value::Array(records)) = take(&mut map, &["Records", "records"]) {
            return records.into_iter().for_each(|record| self.record(record, &wrap));
        }
        if text_at(&map, "Type") == Some("Notification") && map.get("Message").is_some_and(Value::is_string) {
            let wrap = Wrap { form: wrap.form.or(Some(Form::Sns)), ..wrap };
            let message = map.remove("Message").unwrap_or_default();
            return self.text(message.as_str().unwrap_or_default(), wrap);
        }
        if map.contains_key("detail-type") || map.get("detail").is_some_and(is_content) {
            return self.envelope(map, wrap);
        }
        if let Some(Value::Array(list)) = take(&mut map, &["findings", "Findings"]) {
            return list.into_iter().for_each(|item| self.open(item, wrap.clone()));
        }
        self.bare(map, &wrap);
    }

    /// A Lambda event's record: SNS inside, or the body of a queue message.
    fn record(&mut self, record: Value, wrap: &Wrap) {
        let inner = match record {
            Value::Object(mut map) => take(&mut map, &["Sns", "sns", "body"]),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => None,
        };
        match inner {
            Some(inner) => self.open(inner, wrap.clone()),
            None => self.parts.push(Part::Nothing(NotFinding::Other)),
        }
    }

    fn envelope(&mut self, mut map: Map<String, Value>, wrap: Wrap) {
        let kind = text_at(&map, "detail-type").map(str::to_owned);
        let detail = map.remove("detail").unwrap_or_default();
        let form = wrap.form.or(Some(Form::Eventbridge));
        let wrap = Wrap { form, time: map.remove("time").or(wrap.time), ..wrap };
        match kind.as_deref() {
            Some("GuardDuty Finding") if detail.is_string() => self.open(detail, wrap),
            Some("GuardDuty Finding") => self.claim(detail, Form::Eventbridge, wrap),
            Some(kind) if kind.starts_with("GuardDuty ") => self.nothing(NotFinding::GuardDutyNotice),
            Some("AWS API Call via CloudTrail" | "AWS Console Sign In via CloudTrail") => {
                self.nothing(NotFinding::CloudTrailEvent);
            }
            Some("Findings Imported V2") => self.nothing(NotFinding::Ocsf),
            Some(kind) if kind.starts_with("Security Hub Findings") => self.security_hub(detail, wrap),
            Some(_) => self.nothing(NotFinding::Other),
            None => self.open(detail, wrap),
        }
    }

    fn security_hub(&mut self, detail: Value, wrap: Wrap) {
        let findings = Node::new(&detail).get("findings").value().cloned();
        let before = self.parts.len();
        // The envelope is only the carrier: what is inside is ASFF, and is called so unless SNS is around it.
        let form = wrap.form.filter(|form| *form == Form::Sns);
        self.open(findings.unwrap_or_default(), Wrap { form, ..wrap });
        for part in self.parts.iter_mut().skip(before) {
            if matches!(part, Part::Nothing(NotFinding::Other)) {
                *part = Part::Nothing(NotFinding::SecurityHubOther);
            }
        }
    }

    /// An object without an envelope.
    fn bare(&mut self, map: Map<String, Value>, wrap: &Wrap) {
        let node_value = Value::Object(map);
        let node = Node::new(&node_value);
        if node.get("class_uid").is_there() && node.get("metadata").is_there() {
            return self.nothing(NotFinding::Ocsf);
        }
        if node.get("productArn").is_there() || node.get("schemaVersion").str() == Some("2018-10-08") {
            return self.asff(node, wrap);
        }
        if node.get("eventSource").is_there() && node.get("eventName").is_there() {
            return self.nothing(NotFinding::CloudTrailEvent);
        }
        if !claims(node) {
            return self.nothing(NotFinding::Other);
        }
        let pascal =
            ["Type", "Id", "AccountId", "Resource"].iter().any(|key| text_or_object(&node_value, key));
        let form = if pascal { Form::RawPascal } else { Form::RawCamel };
        self.claim(node_value, form, wrap.clone());
    }

    fn asff(&mut self, node: Node<'_>, wrap: &Wrap) {
        let product = node.get("productArn").str().unwrap_or_default();
        if !product.ends_with("product/aws/guardduty") {
            return self.nothing(NotFinding::SecurityHubOther);
        }
        self.parts.push(Part::Raw { value: asff::to_raw(node), form: wrap.form.unwrap_or(Form::Asff) });
    }

    /// Something that says it is a finding; whether it holds one is for the reader to say.
    fn claim(&mut self, mut value: Value, form: Form, wrap: Wrap) {
        if let Some(map) = value.as_object_mut()
            && let Some(time) = wrap.time
        {
            map.entry(ENVELOPE_TIME).or_insert(time);
        }
        self.parts.push(Part::Raw { value, form: wrap.form.unwrap_or(form) });
    }

    fn nothing(&mut self, what: NotFinding) {
        self.parts.push(Part::Nothing(what));
    }

    fn broken(&mut self, why: &str, wrap: &Wrap) {
        self.parts.push(Part::Broken { why: why.to_owned(), form: wrap.form });
    }
}

/// Where the envelope's time is put for the reader; no field of a finding is called so.
pub(super) const ENVELOPE_TIME: &str = "vouch:envelope-time";

/// Whether an object without an envelope says that GuardDuty made it: its schema, its ARN, its service,
/// or a finding type next to what is always beside one.
fn claims(node: Node<'_>) -> bool {
    let parts = ["type", "resource", "service", "severity", "accountId"];
    let schema = node.get("schemaVersion").text();
    let schema = schema.as_deref() == Some("2.0") && parts.iter().any(|key| node.get(key).is_there());
    let arn = node.get("arn").str().unwrap_or_default();
    let arn = arn.starts_with("arn:") && arn.contains(":guardduty:") && arn.contains("/finding/");
    let service = node.at("service.serviceName").str() == Some("guardduty");
    let kind = node.get("type").str().unwrap_or_default();
    let kind = kind.split_once(':').is_some_and(|(_, rest)| rest.contains('/'));
    let beside = ["resource", "service", "severity"].iter().any(|key| node.get(key).is_there());
    schema || arn || service || (kind && beside)
}

fn is_content(value: &Value) -> bool {
    value.is_object() || value.as_str().is_some_and(|s| s.trim_start().starts_with('{'))
}

fn take(map: &mut Map<String, Value>, keys: &[&str]) -> Option<Value> {
    keys.iter().find_map(|key| map.remove(*key))
}

fn text_at<'a>(map: &'a Map<String, Value>, key: &str) -> Option<&'a str> {
    map.get(key).and_then(Value::as_str)
}

fn text_or_object(value: &Value, key: &str) -> bool {
    value.get(key).is_some_and(|v| v.is_string() || v.is_object())
}

/// How a complaint names the finding it is about.
pub(super) fn name_of(node: Node<'_>) -> String {
    match node.get("id").text().or_else(|| node.get("arn").text()) {
        Some(id) => format!("finding {}", quote(&id)),
        None => "a finding without id".to_owned(),
    }
}
