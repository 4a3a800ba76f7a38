//! Figures, percentiles and the table they end in.
//! Never here: measuring.

use std::fmt;
use std::time::Duration;

/// What was measured, what the bound is, and what the bare thing takes.
pub(crate) struct Table(Vec<[String; 4]>);

impl Table {
    pub(crate) fn new() -> Self {
        Self(vec![])
    }

    /// `bound` is empty where there is none; `beside` says what the same machine does without vouch.
    pub(crate) fn row(&mut self, what: &str, figure: String, bound: &str, beside: String) {
        println!(
            "{what}: {figure}{}",
            if beside.is_empty() { String::new() } else { format!(" ({beside})") }
        );
        self.0.push([what.to_owned(), figure, bound.to_owned(), beside]);
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "| what | measured | wanted | beside it, in the same run |")?;
        writeln!(f, "|---|---|---|---|")?;
        for row in &self.0 {
            writeln!(f, "| {} |", row.join(" | "))?;
        }
        Ok(())
    }
}

/// Durations of one kind of thing.
#[derive(Default)]
pub(crate) struct Times(Vec<Duration>);

impl Times {
    pub(crate) fn add(&mut self, took: Duration) {
        self.0.push(took);
    }

    /// In milliseconds; `p` from 0 to 100.
    pub(crate) fn percentile(&self, p: usize) -> f64 {
        let mut sorted = self.0.clone();
        sorted.sort();
        let last = sorted.len().checked_sub(1).expect("something was measured");
        millis(sorted[(last * p).div_ceil(100).min(last)])
    }
}

pub(crate) fn millis(took: Duration) -> f64 {
    took.as_secs_f64() * 1000.0
}

/// Processor, cores, memory, kernel.
pub(crate) fn machine() -> String {
    let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
    let field = |text: &str, key: &str| {
        let line = text.lines().find(|line| line.starts_with(key)).unwrap_or_default();
        line.split(':').nth(1).unwrap_or_default().trim().to_owned()
    };
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let (cpu, memory) = (read("/proc/cpuinfo"), read("/proc/meminfo"));
    let kernel = read("/proc/sys/kernel/osrelease");
    format!(
        "{} cores of {}, {} of memory, Linux {}",
        cores,
        field(&cpu, "model name"),
        field(&memory, "MemTotal"),
        kernel.trim()
    )
}

/// Resident memory of a process, in MiB: now, and at its highest.
pub(crate) fn resident(pid: u32) -> (f64, f64) {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let of = |key: &str| {
        let line = status.lines().find(|line| line.starts_with(key)).unwrap_or_default();
        let kib: f64 = line.split_whitespace().nth(1).and_then(|n| n.parse().ok()).unwrap_or(f64::NAN);
        kib / 1024.0
    };
    (of("VmRSS:"), of("VmHWM:"))
}
