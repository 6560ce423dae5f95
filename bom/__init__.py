"""Bills of materials: whatever list a designer wrote becomes lines, and lines become a graph of tasks."""
