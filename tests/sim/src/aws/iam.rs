//! The few calls of IAM that the emulators lack, or answer with nothing: a user's other credentials, and the services a
//! principal used, which IAM gathers in a job that takes a moment.
//!
//! Nothing else of IAM lives here, and nothing is enforced.

use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

use super::State;
use super::server::{Call, Wrong};
use crate::rt;

/// What is answered here instead of by an emulator.
pub(super) const OPERATIONS: [&str; 5] = [
    "GenerateServiceLastAccessedDetails",
    "GetServiceLastAccessedDetails",
    "ListSSHPublicKeys",
    "ListServiceSpecificCredentials",
    "ListSigningCertificates",
];

/// A credential of a user beside keys and password.
#[derive(Clone, Debug, Serialize)]
pub struct Extra {
    /// The operation that lists it.
    pub listed_by: String,
    /// Its id, or the service it is for.
    pub name: String,
    /// `Active` or `Inactive`.
    pub status: String,
}

/// A job under way.
#[derive(Clone, Debug, Serialize)]
pub struct Job {
    /// Whose services.
    pub arn: String,
    /// It was asked about before; the first answer is that it is still running.
    pub seen: bool,
}

/// The answer's XML.
pub(super) fn perform(state: &mut State, call: &Call<'_>) -> Result<String, Wrong> {
    let text = |key: &str| call.body[key].as_str().unwrap_or_default().to_owned();
    Ok(match call.operation {
        "GenerateServiceLastAccessedDetails" => {
            // As long as those of AWS (IAM API reference, GetServiceLastAccessedDetails: 36 characters).
            let id = rt::random_hex(18);
            state.jobs.insert(id.clone(), Job { arn: text("Arn"), seen: false });
            envelope(call.operation, &format!("<JobId>{id}</JobId>"))
        }
        "GetServiceLastAccessedDetails" => {
            let missing = || Wrong::new(404, "NoSuchEntity", "There is no such job.");
            let job = state.jobs.get_mut(&text("JobId")).ok_or_else(missing)?;
            let done = std::mem::replace(&mut job.seen, true);
            let arn = job.arn.clone();
            envelope(call.operation, &services(state, &arn, done))
        }
        operation => {
            let user = text("UserName");
            let extras = state.extras.get(&user).into_iter().flatten();
            let listed = extras.filter(|extra| extra.listed_by == operation);
            let members: String = listed.map(|extra| member(operation, &user, extra)).collect();
            let (list, tail) = match operation {
                "ListServiceSpecificCredentials" => ("ServiceSpecificCredentials", ""),
                "ListSSHPublicKeys" => ("SSHPublicKeys", "<IsTruncated>false</IsTruncated>"),
                _ => ("Certificates", "<IsTruncated>false</IsTruncated>"),
            };
            envelope(operation, &format!("<{list}>{members}</{list}>{tail}"))
        }
    })
}

fn services(state: &State, arn: &str, done: bool) -> String {
    let now = rt::now();
    if !done {
        return format!("<JobStatus>IN_PROGRESS</JobStatus><JobCreationDate>{now}</JobCreationDate>");
    }
    let used: String = state
        .services
        .get(arn)
        .into_iter()
        .flatten()
        .map(|(service, last)| {
            let last = last.map(|at| format!("<LastAuthenticated>{at}</LastAuthenticated>")).unwrap_or_default();
            format!(
                "<member><ServiceName>{service}</ServiceName><ServiceNamespace>{service}</ServiceNamespace>{last}\
                 <TotalAuthenticatedEntities>{}</TotalAuthenticatedEntities></member>",
                u8::from(!last.is_empty())
            )
        })
        .collect();
    format!(
        "<JobStatus>COMPLETED</JobStatus><JobType>SERVICE_LEVEL</JobType><JobCreationDate>{now}</JobCreationDate>\
         <JobCompletionDate>{now}</JobCompletionDate><ServicesLastAccessed>{used}</ServicesLastAccessed>\
         <IsTruncated>false</IsTruncated>"
    )
}

fn member(operation: &str, user: &str, extra: &Extra) -> String {
    let (name, status, at) = (&extra.name, &extra.status, Timestamp::UNIX_EPOCH);
    let own = match operation {
        "ListServiceSpecificCredentials" => format!(
            "<ServiceUserName>{user}-at-1</ServiceUserName><CreateDate>{at}</CreateDate>\
             <ServiceSpecificCredentialId>ACCA{name}</ServiceSpecificCredentialId><ServiceName>{name}</ServiceName>"
        ),
        "ListSSHPublicKeys" => {
            format!("<SSHPublicKeyId>{name}</SSHPublicKeyId><UploadDate>{at}</UploadDate>")
        }
        _ => format!(
            "<CertificateId>{name}</CertificateId><CertificateBody>-</CertificateBody><UploadDate>{at}</UploadDate>"
        ),
    };
    format!("<member><UserName>{user}</UserName><Status>{status}</Status>{own}</member>")
}

fn envelope(operation: &str, inner: &str) -> String {
    format!(
        "<{operation}Response xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\"><{operation}Result>{inner}\
         </{operation}Result></{operation}Response>"
    )
}

/// An error in the form of the query protocol.
pub(super) fn refused(wrong: &Wrong) -> String {
    let (code, message) = (&wrong.code, &wrong.message);
    format!(
        "<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error></ErrorResponse>"
    )
}

/// Form parameters as a JSON object.
pub(super) fn form(body: &[u8]) -> Value {
    Value::Object(crate::wire::pairs(body).map(|(key, value)| (key, Value::String(value))).collect())
}
