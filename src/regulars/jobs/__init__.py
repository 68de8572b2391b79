"""Work that a request leaves behind. Each job may run again at any time and then changes nothing."""
