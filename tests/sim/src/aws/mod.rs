//! Stubs for the AWS calls that no emulator offers: GuardDuty findings and CloudTrail look-ups.
//!
//! Still to come; the Slack look-alike is complete without it.
