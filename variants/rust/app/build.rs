fn main() {
    // migrate! reads the folder when it expands; cargo must know to expand it again.
    println!("cargo:rerun-if-changed=migrations");
}
