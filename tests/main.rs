//! Everything that needs more than one room of the program: end to end, scenarios, golden files, upgrades, and the simulation.

mod meeting;
