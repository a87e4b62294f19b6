"""What an answer costs, as ratios against something plain that is measured in the same run."""
