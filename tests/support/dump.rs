//! Records as a person reads them: a plain, stable text, for golden files.
