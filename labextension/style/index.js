import './base.css';
import './chips.css';
import './graph.css';
import './sidebar.css';
import './runs.css';
